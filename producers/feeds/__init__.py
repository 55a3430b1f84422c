"""From the bytes of one delivered file to typed rows, or to the reasons why not: no Kafka, no database, no log."""
