"""What staff see of one seller on one page."""
