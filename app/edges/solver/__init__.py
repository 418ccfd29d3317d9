"""
The exact solver of the morning plan: HiGHS, loaded when it is first asked, never at start.

May import app.core, app.errors and app.flow.ports.
"""

from collections.abc import Sequence

from app.core.plan.board import Board, Call
from app.core.plan.parts import Solved


class HighsSolver:
    """Implements flow.ports.PlanSolver."""

    def solve(self, board: Board, known: Sequence[Call]) -> Solved:
        """Return the best plan of the board, with a plan that is known to begin with; see exact.solve_board."""
        from app.edges.solver.exact import solve_board  # highspy and numpy come with it

        return solve_board(board, known)
