"""Training of the fusion networks: `python -m models.training fit METHOD --pairs … --out DIR`, and `search`.

Owns data, loss, recipe, the training loop with its checkpoints, and the search for λ, γ_s and γ_2. Must not
know of case studies, saliency or the web. From Python: `fit.fit` and `search.search`.
"""
