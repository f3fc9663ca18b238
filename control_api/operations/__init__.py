"""Operations: requested changes, from request to proof."""
