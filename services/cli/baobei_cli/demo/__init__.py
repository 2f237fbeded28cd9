"""`make demo`: thirty days of an alliance on the real service, each outcome held against the policy."""
