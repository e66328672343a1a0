"""Does a quiz teach? How its questions fare, how its attempts end, and how often its policy is breached again."""
