"""The guided calibration: paper corner, pen heights, steps per millimetre, test sheet."""
