"""The role {claim}`id`: a value of the paper as the paper prints it, linked to its row in the ledger of claims."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from coinco_book.claims.ledger import LEDGER, Claim, load_claims
from coinco_book.claims.row import row_id
from coinco_core.errors import did_you_mean

_PAGE = "book/ledger"
_LOGGER = logging.getLogger(__name__)


def connect(app: Sphinx) -> None:
    """Make the role known to the book."""
    app.add_role("claim", ClaimRole())


class ClaimRole(SphinxRole):
    """The value of one claim; an unknown id is a warning, hence an error of the book."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The text with its link, as docutils wants it."""
        path = Path(self.env.srcdir) / "book" / LEDGER
        self.env.note_dependency(str(path))
        claims = _claims(path, path.stat().st_mtime_ns) if path.is_file() else {}
        claim = claims.get(self.text)
        if claim is None:
            hint = did_you_mean(self.text, claims)
            _LOGGER.warning("the ledger has no claim '%s'.%s", self.text, hint, location=self.get_location())
            return [nodes.Text(self.text)], []
        page = self.env.app.builder.get_relative_uri(self.env.docname, _PAGE)
        target = f"{page}#{row_id(claim.id)}"
        title = f"the paper, {claim.place}"
        return [nodes.reference("", claim.shown, refuri=target, reftitle=title, classes=["claim"], internal=True)], []


@cache
def _claims(path: Path, changed: int) -> dict[str, Claim]:
    """The ledger by id, read once for each time at which the file was changed."""
    return {claim.id: claim for claim in load_claims(path)}
