"""Three models' judgements -> unanimous labels, and how far the models agree (section 3.2 of the paper).

A *question* is one of the three criteria or the final decision. For each sample and question the models are unanimous
(`in` or `out`), divided (`split`), or one of them gave no readable verdict (`incomplete`); the four counts add up to
the number of samples. Only unanimous verdicts become labels: of the final decision where all final decisions agree, as
in the paper, and of a criterion where all verdicts on that criterion do, whatever became of the other questions.

    votes = read_votes({"molmo": answers, "qwen": ..., "internvl": ...})
    labels, report = labels_table(votes), consensus_report(votes)
"""

from coinco_core.consensus.ballots import Ballot, ballot, model_name, read_ballot
from coinco_core.consensus.codes import CodedAnswers
from coinco_core.consensus.report import consensus_report, reading_table
from coinco_core.consensus.votes import STATES, Votes, dissenters, gather, labels_table, read_votes, states, vote_shares

__all__ = [
    "STATES",
    "Ballot",
    "CodedAnswers",
    "Votes",
    "ballot",
    "consensus_report",
    "dissenters",
    "gather",
    "labels_table",
    "model_name",
    "read_ballot",
    "read_votes",
    "reading_table",
    "states",
    "vote_shares",
]
