"""Errors that are easily made from the pages alone, one at a time: testee.py --break NAME."""
from engine import Engine, Local, Remote


def tie():
    """A timer that is due now fires before the input: an accept at the last instant comes too late."""
    def input(self, clock, spared=None):
        self.now = self.reading(clock)
        self.fire(self.now, spared)
    Engine.input = input


def early_cancel():
    """A CANCEL that overtook its INVITE is acknowledged and forgotten, so the INVITE rings."""
    right = Engine.remote_unknown
    Engine.remote_unknown = lambda self, i, m, held: (
        i.answer("ACK", "CANCEL") if m["kind"] == "CANCEL" else right(self, i, m, held))


def loud():
    """An ACCEPT leaves in its last half second."""
    right = Remote.may_go
    Remote.may_go = lambda self, at: self.state == "ACCEPT_SENT" or right(self, at)


def second_answer():
    """An ACCEPT is confirmed with the device that sent it, whoever was first."""
    right = Local.receive

    def receive(self, m):
        if self.state == "ACCEPTED" and m["kind"] == "ACCEPT":
            self.winner = m.get("device", 0)
        right(self, m)
    Local.receive = receive


BREAKS = {"tie": tie, "early-cancel": early_cancel, "loud": loud, "second-answer": second_answer}
