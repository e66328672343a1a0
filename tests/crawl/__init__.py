"""A recorded crawl: what the demo answers at a frozen moment, file by file, to compare before and after a change."""
