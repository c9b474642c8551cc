"""The failure modes of a cutover as small procedures: each goes wrong where `stage.is_planted`, and well elsewhere."""
