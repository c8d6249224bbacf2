"""What mistakes and looks by a person cost: the numbers from which the cheapest thresholds follow."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.evaluation.costs import Costs
from desktop_app.ui import wording
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.fields import ComboBox, SpinBox
from desktop_app.ui.widgets.flow_layout import FlowLayout
from desktop_app.ui.widgets.labels import Label

_MOST = 1_000_000
_FIELD = 96
#: Shares of defects among the parts in use.
RARE = (0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0001)
#: Where nobody has said anything yet, with roles and without.
USUAL, USUAL_OF_CALLS = Costs(50.0, 5.0, 1.0), Costs(20.0, 0.0, 1.0)


class CostsForm(QWidget):
    """
    Signals:
        changed(): the person has said something else.
    """

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.harm = self._spin(theme, self.tr("Cost of a missed defect"), least=1)
        self.false_alarm = self._spin(theme, self.tr("Cost of a false alarm"))
        self.look = self._spin(theme, self.tr("Cost of a look by a person"))
        self.defects = ComboBox(theme, name=self.tr("Defects among the parts in use"))
        self._harm_title = Label("", "caption", "text_2")
        self._row = FlowLayout(self, spacing=SPACE.m)
        self._row.addWidget(_titled(self._harm_title, self.harm))
        self._alarm_box = _titled(Label(self.tr("False alarm"), "caption", "text_2"), self.false_alarm)
        self._row.addWidget(self._alarm_box)
        self._row.addWidget(_titled(Label(self.tr("Look by a person"), "caption", "text_2"), self.look))
        self._defects_box = _titled(Label(self.tr("Defects in use"), "caption", "text_2"), self.defects)
        self._row.addWidget(self._defects_box)
        self.defects.currentIndexChanged.connect(lambda _place: self.changed.emit())

    def _spin(self, theme: Theme, name: str, least: int = 0) -> SpinBox:
        spin = SpinBox(theme, name=name)
        spin.setRange(least, _MOST)
        spin.setGroupSeparatorShown(True)
        spin.setFixedWidth(_FIELD)
        spin.valueChanged.connect(lambda _value: self.changed.emit())
        return spin

    def show_costs(self, costs: Costs | None, *, with_roles: bool, here: float) -> None:
        """Show what was said; nothing said, what is usual.

        Args:
            here: the share of defects among the validation pictures, 0–1.
        """
        shown = costs or (USUAL if with_roles else USUAL_OF_CALLS)
        self._harm_title.setText(self.tr("Missed defect") if with_roles else self.tr("Wrong answer"))
        self.harm.setAccessibleName(
            self.tr("Cost of a missed defect") if with_roles else self.tr("Cost of a wrong answer")
        )
        self._alarm_box.setVisible(with_roles)
        self._defects_box.setVisible(with_roles)
        for field in (self.harm, self.false_alarm, self.look, self.defects):
            field.blockSignals(True)
        for spin, value in ((self.harm, shown.harm), (self.false_alarm, shown.false_alarm), (self.look, shown.look)):
            spin.setValue(round(min(value, _MOST)))
        self.defects.clear()
        self.defects.addItem(self.tr("as here, {share}").format(share=wording.percent(here)), None)
        for share in sorted({*RARE, *([shown.defects] if shown.defects else [])}, reverse=True):
            digits = 2 if share < 0.001 else 1
            self.defects.addItem(f"{wording.decimal(share * 100, digits, trim=True)}{wording.SPACE}%", share)
        self.defects.setCurrentIndex(max(0, self.defects.findData(shown.defects)) if shown.defects else 0)
        self.defects.updateGeometry()
        for field in (self.harm, self.false_alarm, self.look, self.defects):
            field.blockSignals(False)

    def costs(self) -> Costs:
        """What the person says."""
        with_roles = not self._alarm_box.isHidden()
        return Costs(
            float(self.harm.value()),
            float(self.false_alarm.value()) if with_roles else 0.0,
            float(self.look.value()),
            self.defects.currentData() if with_roles else None,
        )


def _titled(title: Label, field: QWidget) -> QWidget:
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2)
    column.addWidget(title)
    column.addWidget(field)
    return box
