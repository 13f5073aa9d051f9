"""The process supervisor of native mode, and what starts it again if it is killed."""
