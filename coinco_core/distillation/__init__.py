"""Students: a small model learns one criterion from the teacher's answers (section 5.1 of the paper)."""
