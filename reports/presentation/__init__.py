"""A report as people and programs get it: one tree (``tree``, ``nodes``), made from facts in ``presenting``.

The page (``templates/reports``), ``email``, ``pdf`` and ``data`` (CSV, JSON) are written from it and from nothing else.
"""
