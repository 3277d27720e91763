"""Draws the sample faces: stylised portraits in which age and gender show, made by rule.

No photograph is used. Every face is a pure function of (seed, index).
"""
