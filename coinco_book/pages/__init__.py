"""What stands on the pages: executed cells, the strip of facts below a title, parts that are generated, links."""
