"""What calls of the API share: how often, how many items, and what is wrong with one."""
