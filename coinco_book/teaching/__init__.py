"""What instructors get beside the exercises: slides made from the pages, and the plan of the minutes."""
