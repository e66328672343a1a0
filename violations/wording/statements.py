"""The statement of reasons, in words."""

from __future__ import annotations


def whole_policy(name: str, version: int) -> str:
    """What stands for the section of a policy that a violation breaks where none is named."""
    return f"{name}, version {version}"
