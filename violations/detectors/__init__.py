"""Quality of detection: how often what each automated system found was wrong, and an alarm when that jumps."""
