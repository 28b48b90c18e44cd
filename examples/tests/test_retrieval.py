import json

from answering import confidence_in
from artifact_bucket import to_lines
from clause_graph import ClauseGraph, Extraction, Relation, _without_particles
from clauses import STRATEGIES, Chunk, ChunkIndex, Clause, Question, rank_of_answer, read_clauses

CLAUSES = read_clauses()


class Letters:
    """Embeddings by which letters a text has."""

    def embed_documents(self, texts):
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text):
        return [float(letter in text) for letter in "abc"]


def test_every_strategy_covers_every_clause():
    for strategy in STRATEGIES.values():
        chunks = strategy(CLAUSES)
        assert {clause for one in chunks for clause in one.clauses} == {one.id for one in CLAUSES}


def test_the_clause_with_most_of_a_window_comes_first():
    clauses = [Clause("one", "p", "t", "x" * 30), Clause("two", "p", "t", "y" * 200)]
    first = STRATEGIES["window-220"](clauses)[0]
    assert first.clauses == ("two", "one")


def test_a_clause_is_found_once_however_many_of_its_chunks_are_near():
    index = ChunkIndex([Chunk(("one",), "ab"), Chunk(("one",), "a"), Chunk(("two",), "c")], Letters())
    assert index.search("ab") == [("one", 2.0), ("two", 0.0)]
    assert index.search("ab", 1) == [("one", 2.0)]


def test_the_rank_is_that_of_the_first_clause_that_answers():
    question = Question("q", "?", ("b", "c"), ())
    assert rank_of_answer(question, ["a", "c", "b"]) == 2
    assert rank_of_answer(question, ["a"]) is None


def test_confidence_rises_with_nearness_and_is_low_for_what_was_not_found():
    assert confidence_in("50회까지", 0.2) < confidence_in("50회까지", 0.5) < 1
    assert confidence_in("주어진 약관 조항에서는 답을 찾을 수 없습니다.", 0.9) == 0.1


def test_a_walk_begins_at_entities_and_ends_at_clauses():
    graph = ClauseGraph()
    graph.extractions[("c-1",)] = Extraction(
        entities=["암", "한도"], relations=[Relation(source="암", target="한도", kind="has")]
    )
    clauses = [Clause("c-1", "p", "암의 정의", "..."), Clause("c-2", "p", "견인", "...")]
    walkable = graph.walkable(clauses)
    assert walkable == {
        "nodes": ["암", "한도", "c-1", "c-2"],
        "edges": [["암", "c-1"], ["암", "한도"]],
        "entries": ["암", "한도"],
    }


def test_entities_are_named_as_questions_name_them():
    bare = _without_particles(
        Extraction(entities=["암의", "의"], relations=[Relation(source="암의", target="도수치료를", kind="x")])
    )
    assert bare.entities == ["암", "의"]
    assert (bare.relations[0].source, bare.relations[0].target) == ("암", "도수치료")


def test_rows_are_one_line_each_and_keep_their_letters():
    text = to_lines([{"id": "가\n나"}, {"id": "2"}])
    assert [json.loads(line)["id"] for line in text.splitlines()] == ["가\n나", "2"]
    assert "가" in text
