"""Advice on the Train page: which network suits these pictures, and are there enough of them? Two folds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.engine.jobs import Job, JudgePicturesJob, RankBackbonesJob
from desktop_app.events import BackboneProbed, BackbonesRanked, Curve, Event, PicturesJudged, Progress, Step
from desktop_app.learning import library
from desktop_app.learning.recipe import Recipe
from desktop_app.ui import advice_words, training_words, wording
from desktop_app.ui.models.class_marks import class_marks
from desktop_app.ui.pages.asking_advice import Advice
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.interval_table import Cell, IntervalTable
from desktop_app.ui.widgets.labels import Paragraph
from desktop_app.ui.widgets.pictures_chart import PicturesChart
from desktop_app.ui.widgets.surfaces import Card, Line


class AdviceFolds(Card):
    """
    Signals:
        network_chosen(name: str): the person went to a network in the table.
    """

    network_chosen = Signal(str)

    def __init__(
        self, session: Session, theme: Theme, recipe: Callable[[], Recipe], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent=parent)
        self.networks = NetworksAdvice(session, theme, recipe)
        self.pictures = PicturesAdvice(session, theme, recipe)
        self.networks.network_chosen.connect(self.network_chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.m, SPACE.xs, SPACE.m, SPACE.xs)
        column.setSpacing(0)
        column.addWidget(self.networks.fold)
        column.addWidget(Line())
        column.addWidget(self.pictures.fold)
        session.project_changed.connect(self.look)
        self.look()

    def look(self, _initiator: object = None) -> None:
        """Show what was found out about the open project before."""
        for advice in (self.networks, self.pictures):
            advice.look()

    def show_recipe(self, recipe: Recipe) -> None:
        """The recipe's network is the chosen row, and the one by which pictures are judged."""
        self.networks.show_network(recipe.backbone)
        for advice in (self.networks, self.pictures):
            advice.refresh()


class NetworksAdvice(Advice):
    """
    Signals:
        network_chosen(name: str)
    """

    network_chosen = Signal(str)
    job = RankBackbonesJob

    def heading(self) -> str:
        return self.tr("Which network?")

    def build(self) -> None:
        self._rows: list[BackboneProbed] = []
        self._ranking: BackbonesRanked | None = None
        self._installed = 0
        self.table = IntervalTable(
            (
                self.tr("Network, best first"),
                self.tr("Right"),
                "",
                self.tr("truly"),
                self.tr("Training"),
                self.tr("A picture"),
                "",
            ),
            self.theme,
            name=self.tr("Networks, best first"),
            giving_way=(3, 4, 5),
        )
        self.table.chosen.connect(self._choose)
        self.column.addWidget(self.table)

    def read(self) -> Callable[[], Event | None]:
        from desktop_app.engine.advice import stored_ranking

        assert self.session.project is not None
        return partial(stored_ranking, self.session.project)

    def ask(self, root: str) -> Job:
        self._rows, self._ranking = [], None
        return RankBackbonesJob(root, self.recipe().fit)

    def progress(self, event: Event) -> str:
        if isinstance(event, BackboneProbed):
            self._rows.append(event)
            self._show_rows(sorted(self._rows, key=lambda row: -row.right / row.n))
        if isinstance(event, Progress):
            number = wording.number(len(self._rows) + 1)
            reading = event.step is not Step.PROBE
            text = (
                self.tr("Network {number}: reading the pictures, {part}")
                if reading
                else self.tr("Network {number}: cross-validating")
            )
            return text.format(number=number, part=wording.part_of(event.done, event.total))
        return ""

    def show_advice(self, event: Event | None) -> None:
        self._ranking = event if isinstance(event, BackbonesRanked) else None
        self._rows = list(self._ranking.rows) if self._ranking else []
        self._show_rows(self._rows)
        if self._ranking is None:
            self._show_nothing()
            return
        alone = len(self._rows) == 1
        self.words.set_text(
            self.tr("The training time is that of Quick, on this computer. Fine-tuning was not tried.")
            if alone
            else self.tr(
                "Click a network to train with it. Training times are those of Quick, on this computer. Fine-tuning "
                "was not tried: it may change the order."
            ),
            bold=advice_words.best_network(self._ranking),
        )
        self.button.setText(self.tr("Try again") if alone else self.tr("Compare again"))
        self.fold.set_summary(advice_words.short_best(self._ranking))

    def _show_rows(self, rows: list[BackboneProbed]) -> None:
        self._rows = rows
        self.table.setVisible(bool(rows))
        self.table.show_rows([self._cells(row) for row in rows])
        self.show_network(self.recipe().backbone)

    def _cells(self, row: BackboneProbed) -> list[Cell]:
        best = self._ranking is not None and row == self._ranking.rows[0]
        return [
            Cell(advice_words.title(row.backbone), strong=best),
            Cell(wording.part_of(row.right, row.n)),
            Cell(share=row.right / row.n, interval=row.interval),
            Cell(wording.percent_range(row.interval), "text_2"),
            Cell(wording.duration(wording.rounded(row.train_seconds)), "text_2"),
            Cell(advice_words.milliseconds(row.predict_seconds), "text_2"),
            Cell(advice_words.verdict(self._ranking, row) if self._ranking else "", "text" if best else "text_2"),
        ]

    def show_network(self, name: str) -> None:
        """Mark the row of the recipe's network."""
        names = [row.backbone for row in self._rows]
        self.table.choose_row(names.index(name) if name in names else -1)

    def _choose(self, row: int) -> None:
        self.network_chosen.emit(self._rows[row].backbone)

    def _show_nothing(self) -> None:
        if self._installed == 1:
            self.words.set_text(
                self.tr(
                    "The network on this computer is tried on your own pictures, by cross-validation and without the "
                    "test pictures. Then you see how well it tells your classes apart, and how fast it is here. More "
                    "to compare it with are under “Networks”."
                )
            )
            self.button.setText(self.tr("Try the network"))
            self.fold.set_summary(self.tr("not tried yet"))
            return
        self.words.set_text(
            self.tr(
                "Every network on this computer is tried on your own pictures, by cross-validation and without the "
                "test pictures. Then you see which one tells your classes apart best, and how fast it is here."
            )
        )
        self.button.setText(self.tr("Compare the networks"))
        self.fold.set_summary(self.tr("not compared yet"))

    def refresh(self, initiator: object = None) -> None:
        self._installed = _installed()  # a network may have been added meanwhile
        if self._ranking is None and not self.running():
            self._show_nothing()
        super().refresh(initiator)

    def obstacle(self) -> str:
        if self._installed:
            return ""
        return self.tr("No network is on this computer. Under “Networks”, add one from a file or download it.")

    def note(self) -> str:
        ranking = self._ranking
        if ranking is None:
            return ""
        parts = []
        if self.changed_since(ranking.of):
            parts.append(self.tr("The pictures have changed since."))
        looked = self.tr("On {pictures}, none of them for the test.")
        parts.append(looked.format(pictures=wording.part_of(ranking.pictures, ranking.of)))
        if len(ranking.missing) == 1:
            parts.append(self.tr("1 other network is not on this computer."))
        elif ranking.missing:
            parts.append(self.tr("%Ln other networks are not on this computer.", "", len(ranking.missing)))
        return " ".join(parts)


class PicturesAdvice(Advice):
    job = JudgePicturesJob

    def heading(self) -> str:
        return self.tr("Enough pictures?")

    def build(self) -> None:
        self._judged: PicturesJudged | None = None
        self._curves: list[Curve] = []
        self.chart = PicturesChart(self.theme)
        self.sentence = Paragraph(tone="text")
        self.table = IntervalTable(
            (
                self.tr("Class, weakest first"),
                self.tr("Pictures"),
                "",
                self.tr("truly right"),
                self.tr("More pictures?"),
            ),
            self.theme,
            name=self.tr("Classes, and whether more pictures would help"),
            giving_way=(3, 1),
        )
        self.table.chosen.connect(self._show_curve)
        for widget in (self.chart, self.sentence, self.table):
            self.column.addWidget(widget)

    def read(self) -> Callable[[], Event | None]:
        from desktop_app.engine.advice import stored_judgement

        assert self.session.project is not None
        return partial(stored_judgement, self.session.project)

    def ask(self, root: str) -> Job:
        recipe = self.recipe()
        return JudgePicturesJob(root, recipe.backbone, recipe.fit)

    def progress(self, event: Event) -> str:
        if not isinstance(event, Progress):
            return ""
        if event.step is Step.CURVE:
            text = self.tr("Learning from more and more of them, {part}")
        else:
            text = self.tr("Reading the pictures, {part}")
        return text.format(part=wording.part_of(event.done, event.total))

    def show_advice(self, event: Event | None) -> None:
        self._judged = event if isinstance(event, PicturesJudged) else None
        for widget in (self.chart, self.sentence, self.table):
            widget.setVisible(self._judged is not None)
        if self._judged is None:
            self.words.set_text(
                self.tr(
                    "Learns from a quarter, a half, three quarters and all of your pictures, and sees whether that "
                    "still makes it better: for each class, and without the test pictures."
                )
            )
            self.button.setText(self.tr("Look whether there are enough"))
            self.fold.set_summary(self.tr("not looked at yet"))
            return
        self.words.set_text(
            self.tr("Guesses never go beyond twice as many pictures, and hold if the other classes grow as well."),
            bold=advice_words.outlook(self._judged.overall),
        )
        self.button.setText(self.tr("Look again"))
        self.fold.set_summary(advice_words.short_outlook(self._judged.overall))
        self._show_classes(self._judged)

    def _show_classes(self, judged: PicturesJudged) -> None:
        known = self.session.project.config.classes if self.session.project else ()
        marks = {mark.name: mark for mark in class_marks([curve.name for curve in judged.classes], known)}
        weakest_first = sorted(judged.classes, key=lambda curve: curve.points[-1].share)
        self._curves = [judged.overall, *weakest_first]
        self.table.show_rows(
            [
                [
                    Cell(curve.name or self.tr("All classes"), mark=marks.get(curve.name), strong=not curve.name),
                    Cell(wording.number(curve.pictures), "text_2"),
                    Cell(share=curve.points[-1].share, interval=curve.points[-1].interval),
                    Cell(wording.percent_range(curve.points[-1].interval), "text_2"),
                    Cell(advice_words.short_outlook(curve), strong=curve.outlook == "rising"),
                ]
                for curve in self._curves
            ]
        )
        self.table.choose_row(0)
        self._show_curve(0)

    def _show_curve(self, row: int) -> None:
        self.chart.show_curve(self._curves[row])
        self.sentence.setVisible(row > 0)  # that of all classes stands above
        self.sentence.set_text(advice_words.outlook(self._curves[row]))

    def obstacle(self) -> str:
        return training_words.missing_network(self.recipe())

    def note(self) -> str:
        if self._judged is None:
            return ""
        text = self.tr("By what {network} sees, as it is.")
        return text.format(network=advice_words.title(self._judged.backbone))


def _installed() -> int:
    """How many networks are on this computer."""
    return sum(shelf.installed for shelf in library.shelves())
