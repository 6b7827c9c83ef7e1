# SPDX-License-Identifier: MIT
"""An empty window that writes into the file of its first argument when it is painted, and ends."""

import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget


class Empty(QWidget):
    """Nothing in it."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Painted: say so when it is over."""
        super().paintEvent(event)
        QTimer.singleShot(0, self._tell)

    def _tell(self) -> None:
        Path(sys.argv[1]).write_text("painted", encoding="ascii")
        QApplication.quit()


qt = QApplication(sys.argv[:1])
window = Empty()
window.resize(1200, 760)
window.show()
sys.exit(qt.exec())
