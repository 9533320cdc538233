"""The parts of the SVG reader: `drawing.svg_in` puts them together."""
