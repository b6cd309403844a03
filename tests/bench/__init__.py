# SPDX-License-Identifier: MIT
"""What scripts/bench is made of: Roomwire measured side by side with others that serve the same addresses."""
