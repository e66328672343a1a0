"""The statement of reasons, in words."""

from __future__ import annotations


def whole_policy(name: str, version: int) -> str:
    """What stands for the section of a policy that a violation breaks where none is named.

    It is stored with the violation and recognised by these words, so it is the same in every language.
    """
    return f"{name}, version {version}"
