"""From a request to a drawn job: admission, planning, the worker."""
