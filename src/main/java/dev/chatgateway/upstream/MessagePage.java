package dev.chatgateway.upstream;

import dev.chatgateway.event.ChatMessage;
import java.util.List;
import java.util.Optional;

/**
 * A page of messages.
 *
 * @param messages in descending order of version: the last change comes first
 * @param continuation the page token of the next page, with older changes; empty on the last page
 * @param skipped number of messages left out, as their type or form is unknown
 */
public record MessagePage(List<ChatMessage> messages, Optional<String> continuation, int skipped) {}
