"""The toolpath as G-code, the machine profile, and the check before anything moves."""
