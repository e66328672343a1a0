"""Staff pages of brands, with previews of a page, an email and a document in a brand that nobody sees yet."""
