"""The workstation side: train, distil, judge and export the sketch model. Needs torch."""
