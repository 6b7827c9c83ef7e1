# SPDX-License-Identifier: MIT
"""What every `Directory` promises, tested on the demo domain and on a real domain controller alike."""
