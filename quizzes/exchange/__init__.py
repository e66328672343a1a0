"""Banks of questions in and out of files: GIFT, Aiken, Moodle XML, CSV and JSON both ways, QTI 3 out.

Each format is a module that reads a text into a ``BankFile`` and writes questions as a text; none knows the database.
"""
