"""Staff pages of brands. They preview a page, an email and a document in a brand that nobody sees yet."""
