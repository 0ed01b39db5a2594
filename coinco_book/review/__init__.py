"""What a reviewer's forms ask for: CODECHECK, RO-Crate, the facts of an artefact evaluation."""
