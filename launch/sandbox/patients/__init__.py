"""One module per synthetic patient: STORY says what the story is for, tell(chart) writes the chart."""
