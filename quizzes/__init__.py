"""Quizzes about a policy: questions, attempts, and the point that a pass takes off."""
