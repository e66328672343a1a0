"""Files of rows that people upload: read line by line in bounded memory, whatever the rows are about."""
