"""Labelled questions as an evaluation dataset of MLflow."""

from mlflow.genai.datasets import create_dataset, search_datasets

from clauses import Question


def keep_questions(name: str, experiment_id: str, questions: list[Question]) -> str:
    """Makes the dataset, or brings it up to date; returns its id.

    MLflow knows a record by its inputs: the same questions again are the same records. Questions
    that are no longer asked are taken out.
    """
    # In whatever experiment: evaluations find a dataset by its name alone.
    found = search_datasets(filter_string=f"name = '{name}'")
    dataset = found[0] if found else create_dataset(name=name, experiment_id=[experiment_id])
    records = [to_record(one) for one in questions]
    dataset.merge_records(records)
    asked = [one["inputs"] for one in records]
    kept = dataset.to_df()
    gone = [row.dataset_record_id for row in kept.itertuples() if row.inputs not in asked]
    if gone:
        dataset.delete_records(gone)
    return dataset.dataset_id


def to_record(question: Question) -> dict:
    """A record as MLflow keeps it, with the row's id as a tag. Labels are in the expectations only."""
    expectations: dict = {"relevant": list(question.clauses), "clauses": list(question.clauses)}
    if question.entries:
        expectations["entries"] = list(question.entries)
    if question.answer:
        expectations["answer"] = question.answer
    if not question.clauses:
        # Nothing is relevant: the corpus has no answer, and retrieval cannot be right or wrong.
        expectations = {"answerable": False}
    return {
        "inputs": {"question": question.question},
        "expectations": expectations,
        # By it recorded outputs find their row, and comparisons the row of the other evaluation.
        "tags": {"id": question.id},
    }
