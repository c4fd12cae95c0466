"""Records and registers as quads: the only place where a record turns into triples.

Every function yields lines of N-Quads; no blank nodes; each triple in one graph.
"""

from atkg.graph.derivations import Above, DerivationWriter
from atkg.graph.national import register_clause_lines
from atkg.graph.plan import PlanWriter, plan_record_lines
from atkg.graph.registers import LICENCE, agency_lines, catalogue_lines, register_lines
from atkg.graph.terms import Spans

__all__ = [
    "LICENCE",
    "Above",
    "DerivationWriter",
    "PlanWriter",
    "Spans",
    "agency_lines",
    "catalogue_lines",
    "plan_record_lines",
    "register_clause_lines",
    "register_lines",
]
