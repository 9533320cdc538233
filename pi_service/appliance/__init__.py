"""The box around the service: installing, updating and rolling back releases.

Runs with nothing but Python's own library, so that a blank machine can start here:
``python3 -m pi_service.appliance install``.
"""
