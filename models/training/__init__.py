"""Training of the fusion networks: `python -m models.training fit METHOD --pairs … --out DIR`.

Owns data, loss, recipe, the training loop and its checkpoints. Must not know of case studies,
saliency or the web. `fit.fit` is the entry point from Python.
"""
