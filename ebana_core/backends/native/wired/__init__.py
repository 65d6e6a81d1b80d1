"""Crossbars with resistance along rows and columns, whose inner nodes are eliminated once."""
