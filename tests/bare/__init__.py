"""Docker mode on a real engine. Where the tests start that engine themselves, the base images are stand-ins."""
