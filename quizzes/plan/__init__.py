"""The recovery plan: which quizzes bring a seller back to good standing soonest, and when."""
