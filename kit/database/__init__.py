"""What the database does for the models: rules it holds, prepared statements, fast inserts, replica, clock."""
