"""The store: its organisation, buckets, user, tokens and tasks, created by an idempotent set-up."""
