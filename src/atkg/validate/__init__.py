"""SHACL validation: every shape compiled to SPARQL and evaluated by Oxigraph; pySHACL answers what isn't compiled.

The shapes files are the only source of rules. Each result is led to its file and line: in graph.ttl by the
subject, in source.txt by the evidence.
"""

from atkg.validate.places import subject_lines
from atkg.validate.results import Level, Place, Report, Result
from atkg.validate.run import validate
from atkg.validate.shapes import Shapes

__all__ = ["Level", "Place", "Report", "Result", "Shapes", "subject_lines", "validate"]
