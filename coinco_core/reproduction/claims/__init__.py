"""The claims ledger: each number and comparison of the paper, what answers it here, and whether it holds."""
