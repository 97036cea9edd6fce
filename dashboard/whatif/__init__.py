"""The What if page, `/whatif`: a source is changed; the fused image before, after and as predicted.

address → state → page → components            laid out once
case, method → callbacks → scene               `assets/js/whatif` asks `questions` through the HTTP routes
"""
