"""Properties are tested without a clock: how long an example takes is not what they say."""

from hypothesis import settings

settings.register_profile("apdu", deadline=None)
settings.load_profile("apdu")
