"""Weekly reports: runs over a market's sellers, and one frozen report for each seller and week."""
