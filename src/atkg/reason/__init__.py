"""OWL: is the ontology consistent with the data, what follows from both, and where they clash, on account of what.

`owl.reason` is the whole of it. A description-logic reasoner judges (HermiT, which owlready2 brings); what the dataset
holds is concluded by `atkg.rules`, which say the same in SPARQL.
"""
