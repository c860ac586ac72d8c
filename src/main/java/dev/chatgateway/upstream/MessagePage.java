package dev.chatgateway.upstream;

import dev.chatgateway.event.ChatMessage;
import java.util.List;
import java.util.Optional;

/**
 * A page of messages.
 *
 * @param messages in falling order of version: the one that changed last comes first
 * @param continuation where the next page begins, with changes of longer ago; empty on the last page
 * @param skipped messages left out, as this gateway does not know their kind or form
 */
public record MessagePage(List<ChatMessage> messages, Optional<String> continuation, int skipped) {}
